"""Airflow: the nightly run as a DAG of one task. Exit code 3 (another run is at work) shows as skipped."""

from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    dag_id="attnvgg_rescore",
    schedule="30 1 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
) as dag:
    BashOperator(
        task_id="rescore",
        bash_command="/opt/attnvgg/submit/attnvgg rescore --conf /etc/attnvgg/attnvgg.conf",
        # Java reads names of files by the locale.
        env={"ATTNVGG_SPARK_CONF": "/etc/attnvgg/spark.conf", "LC_ALL": "C.UTF-8"},
        append_env=True,
        skip_on_exit_code=3,
        retries=2,
        retry_delay=timedelta(minutes=10),
        execution_timeout=timedelta(hours=8),
        # The last line, the summary as JSON, becomes the task's result.
        do_xcom_push=True,
    )
